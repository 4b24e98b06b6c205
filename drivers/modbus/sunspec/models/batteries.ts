import type { ModelText } from './definition.ts';

/** Batteries: of any kind, and of lithium ions. */
export const BATTERY_MODELS: readonly ModelText[] = [
  {
    ids: [802],
    points: `
      AHRtg:u16:Ah:AHRtg WHRtg:u16:Wh:WHRtg WChaRteMax:u16:W:WChaDisChaMax WDisChaRteMax:u16:W:WChaDisChaMax
      DisChaRte:u16:%:DisChaRte SoCMax:u16:%:SoC SoCMin:u16:%:SoC SocRsvMax:u16!:%:SoC SoCRsvMin:u16!:%:SoC
      SoC:u16:%:SoC DoD:u16:%:DoD SoH:u16:%:SoH NCyc:u32 ChaSt:e16 LocRemCtl:e16 Hb:u16 CtrlHb:u16! AlmRst:u16!
      Typ:e16 State:e16 StateVnd:e16 WarrDt:u32 Evt1:b32 Evt2:b32 EvtVnd1:b32 EvtVnd2:b32 V:u16:V:V VMax:u16:V:V
      VMin:u16:V:V CellVMax:u16:V:CellV CellVMaxStr:u16 CellVMaxMod:u16 CellVMin:u16:V:CellV CellVMinStr:u16
      CellVMinMod:u16 CellVAvg:u16:V:CellV A:i16:A:A AChaMax:u16:A:AMax ADisChaMax:u16:A:AMax W:i16:W:W
      ReqInvState:e16 ReqW:i16:W:W SetOp:e16! SetInvState:e16! AHRtg_SF:sf WHRtg_SF:sf WChaDisChaMax_SF:sf
      DisChaRte_SF:sf SoC_SF:sf DoD_SF:sf SoH_SF:sf V_SF:sf CellV_SF:sf A_SF:sf AMax_SF:sf W_SF:sf
    `,
  },
  {
    ids: [803],
    points: `
      NStr:u16 NStrCon:u16 ModTmpMax:i16:°C:ModTmp ModTmpMaxStr:u16 ModTmpMaxMod:u16 ModTmpMin:i16:°C:ModTmp
      ModTmpMinStr:u16 ModTmpMinMod:u16 ModTmpAvg:i16:°C:ModTmp StrVMax:u16:V:V StrVMaxStr:u16 StrVMin:u16:V:V
      StrVMinStr:u16 StrVAvg:u16:V:V StrAMax:i16:A:A StrAMaxStr:u16 StrAMin:i16:A:A StrAMinStr:u16 StrAAvg:i16:A:A
      NCellBal:u16 CellV_SF:sf ModTmp_SF:sf A_SF:sf SoH_SF:sf SoC_SF:sf V_SF:sf string[NStr]{ StrNMod:u16 StrSt:b32
      StrConFail:e16 StrSoC:u16:%:SoC StrSoH:u16:%:SoH StrA:i16:A:A StrCellVMax:u16:V:CellV StrCellVMaxMod:u16
      StrCellVMin:u16:V:CellV StrCellVMinMod:u16 StrCellVAvg:u16:V:CellV StrModTmpMax:i16:°C:ModTmp
      StrModTmpMaxMod:u16 StrModTmpMin:i16:°C:ModTmp StrModTmpMinMod:u16 StrModTmpAvg:i16:°C:ModTmp StrDisRsn:e16
      StrConSt:b32 StrEvt1:b32 StrEvt2:b32 StrEvtVnd1:b32 StrEvtVnd2:b32 StrSetEna:e16! StrSetCon:e16! Pad1:pad
      Pad2:pad }
    `,
  },
];
