import type { ModelText } from './definition.ts';

/** Common model; inverters in whole numbers, one, split and three phases, and in floating numbers. */
export const INVERTER_MODELS: readonly ModelText[] = [
  {
    ids: [1],
    points: `
      Mn:s16 Md:s16 Opt:s8 Vr:s8 SN:s16 DA:u16! Pad:pad
    `,
  },
  {
    ids: [101, 102, 103],
    points: `
      A:u16:A:A AphA:u16:A:A AphB:u16:A:A AphC:u16:A:A A_SF:sf PPVphAB:u16:V:V PPVphBC:u16:V:V PPVphCA:u16:V:V
      PhVphA:u16:V:V PhVphB:u16:V:V PhVphC:u16:V:V V_SF:sf W:i16:W:W W_SF:sf Hz:u16:Hz:Hz Hz_SF:sf VA:i16:VA:VA
      VA_SF:sf VAr:i16:var:VAr VAr_SF:sf PF:i16:%:PF PF_SF:sf WH:a32:Wh:WH WH_SF:sf DCA:u16:A:DCA DCA_SF:sf
      DCV:u16:V:DCV DCV_SF:sf DCW:i16:W:DCW DCW_SF:sf TmpCab:i16:°C:Tmp TmpSnk:i16:°C:Tmp TmpTrns:i16:°C:Tmp
      TmpOt:i16:°C:Tmp Tmp_SF:sf St:e16 StVnd:e16 Evt1:b32 Evt2:b32 EvtVnd1:b32 EvtVnd2:b32 EvtVnd3:b32 EvtVnd4:b32
    `,
  },
  {
    ids: [111, 112, 113],
    points: `
      A:f32:A AphA:f32:A AphB:f32:A AphC:f32:A PPVphAB:f32:V PPVphBC:f32:V PPVphCA:f32:V PhVphA:f32:V PhVphB:f32:V
      PhVphC:f32:V W:f32:W Hz:f32:Hz VA:f32:VA VAr:f32:var PF:f32:% WH:f32:Wh DCA:f32:A DCV:f32:V DCW:f32:W
      TmpCab:f32:°C TmpSnk:f32:°C TmpTrns:f32:°C TmpOt:f32:°C St:e16 StVnd:e16 Evt1:b32 Evt2:b32 EvtVnd1:b32
      EvtVnd2:b32 EvtVnd3:b32 EvtVnd4:b32
    `,
  },
];
