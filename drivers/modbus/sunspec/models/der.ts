import type { ModelText } from './definition.ts';

/** Distributed energy resources as IEEE 1547-2018 has them. */
export const DER_MODELS: readonly ModelText[] = [
  {
    ids: [701],
    points: `
      ACType:e16 St:e16 InvSt:e16 ConnSt:e16 Alrm:b32 DERMode:b32 W:i16:W:W VA:i16:VA:VA Var:i16:var:Var PF:i16::PF
      A:i16:A:A LLV:u16:V:V LNV:u16:V:V Hz:u32:Hz:Hz TotWhInj:u64:Wh:TotWh TotWhAbs:u64:Wh:TotWh
      TotVarhInj:u64:varh:TotVarh TotVarhAbs:u64:varh:TotVarh TmpAmb:i16:°C:Tmp TmpCab:i16:°C:Tmp TmpSnk:i16:°C:Tmp
      TmpTrns:i16:°C:Tmp TmpSw:i16:°C:Tmp TmpOt:i16:°C:Tmp WL1:i16:W:W VAL1:i16:VA:VA VarL1:i16:var:Var PFL1:i16::PF
      AL1:i16:A:A VL1L2:u16:V:V VL1:u16:V:V TotWhInjL1:u64:Wh:TotWh TotWhAbsL1:u64:Wh:TotWh
      TotVarhInjL1:u64:varh:TotVarh TotVarhAbsL1:u64:varh:TotVarh WL2:i16:W:W VAL2:i16:VA:VA VarL2:i16:var:Var
      PFL2:i16::PF AL2:i16:A:A VL2L3:u16:V:V VL2:u16:V:V TotWhInjL2:u64:Wh:TotWh TotWhAbsL2:u64:Wh:TotWh
      TotVarhInjL2:u64:varh:TotVarh TotVarhAbsL2:u64:varh:TotVarh WL3:i16:W:W VAL3:i16:VA:VA VarL3:i16:var:Var
      PFL3:i16::PF AL3:i16:A:A VL3L1:u16:V:V VL3:u16:V:V TotWhInjL3:u64:Wh:TotWh TotWhAbsL3:u64:Wh:TotWh
      TotVarhInjL3:u64:varh:TotVarh TotVarhAbsL3:u64:varh:TotVarh ThrotPct:u16:% ThrotSrc:b32 A_SF:sf V_SF:sf Hz_SF:sf
      W_SF:sf PF_SF:sf VA_SF:sf Var_SF:sf TotWh_SF:sf TotVarh_SF:sf Tmp_SF:sf MnAlrmInfo:s32
    `,
  },
  {
    ids: [702],
    points: `
      WMaxRtg:u16:W:W WOvrExtRtg:u16:W:W WOvrExtRtgPF:u16::PF WUndExtRtg:u16:W:W WUndExtRtgPF:u16::PF
      VAMaxRtg:u16:VA:VA VarMaxInjRtg:u16:var:Var VarMaxAbsRtg:u16:var:Var WChaRteMaxRtg:u16:W:W
      WDisChaRteMaxRtg:u16:W:W VAChaRteMaxRtg:u16:VA:VA VADisChaRteMaxRtg:u16:VA:VA VNomRtg:u16:V:V VMaxRtg:u16:V:V
      VMinRtg:u16:V:V AMaxRtg:u16:A:A PFOvrExtRtg:u16::PF PFUndExtRtg:u16::PF ReactSusceptRtg:u16:s:S NorOpCatRtg:e16
      AbnOpCatRtg:e16 CtrlModes:b32 IntIslandCatRtg:b16 WMax:u16!:W:W WMaxOvrExt:u16!:W:W WOvrExtPF:u16!::PF
      WMaxUndExt:u16!:W:W WUndExtPF:u16!::PF VAMax:u16!:VA:VA VarMaxInj:u16!:var:Var VarMaxAbs:u16!:var:Var
      WChaRteMax:u16!:W:W WDisChaRteMax:u16!:W:W VAChaRteMax:u16!:VA:VA VADisChaRteMax:u16!:VA:VA VNom:u16!:V:V
      VMax:u16!:V:V VMin:u16!:V:V AMax:u16!:A:A PFOvrExt:u16!::PF PFUndExt:u16!::PF IntIslandCat:b16! W_SF:sf PF_SF:sf
      VA_SF:sf Var_SF:sf V_SF:sf A_SF:sf S_SF:sf
    `,
  },
  {
    ids: [703],
    points: `
      ES:e16! ESVHi:u16!:%:V ESVLo:u16!:%:V ESHzHi:u32!:Hz:Hz ESHzLo:u32!:Hz:Hz ESDlyTms:u32!:s ESRndTms:u32!:s
      ESRmpTms:u32!:s ESDlyRemTms:u32:s V_SF:sf Hz_SF:sf
    `,
  },
  {
    ids: [704],
    points: `
      PFWInjEna:e16! PFWInjEnaRvrt:e16! PFWInjRvrtTms:u32!:s PFWInjRvrtRem:u32:s PFWAbsEna:e16! PFWAbsEnaRvrt:e16!
      PFWAbsRvrtTms:u32!:s PFWAbsRvrtRem:u32:s WMaxLimPctEna:e16! WMaxLimPct:u16!:%:WMaxLimPct
      WMaxLimPctRvrt:u16!:%:WMaxLimPct WMaxLimPctEnaRvrt:e16! WMaxLimPctRvrtTms:u32!:s WMaxLimPctRvrtRem:u32:s
      WSetEna:e16! WSetMod:e16! WSet:i32!:W:WSet WSetRvrt:i32!:W:WSet WSetPct:i16!:%:WSetPct
      WSetPctRvrt:i16!:%:WSetPct WSetEnaRvrt:e16! WSetRvrtTms:u32!:s WSetRvrtRem:u32:s VarSetEna:e16! VarSetMod:e16!
      VarSetPri:e16! VarSet:i32!:var:VarSet VarSetRvrt:i32!:var:VarSet VarSetPct:i16!:%:VarSetPct
      VarSetPctRvrt:i16!:%:VarSetPct VarSetEnaRvrt:e16! VarSetRvrtTms:u32!:s VarSetRvrtRem:u32:s WRmp:u16!:%/s
      WRmpRef:e16! VarRmp:u16!:%/s AntiIslEna:e16! PF_SF:sf WMaxLimPct_SF:sf WSet_SF:sf WSetPct_SF:sf VarSet_SF:sf
      VarSetPct_SF:sf PFWInj{ PF:u16!::PF Ext:e16! } PFWInjRvrt{ PF:u16!::PF Ext:e16! } PFWAbs{ PF:u16!::PF Ext:e16! }
      PFWAbsRvrt{ PF:u16!::PF Ext:e16! }
    `,
  },
  {
    ids: [705],
    points: `
      Ena:e16! AdptCrvReq:u16! AdptCrvRslt:e16 NPt:u16 NCrv:u16 RvrtTms:u32!:s RvrtRem:u32:s RvrtCrv:u16! V_SF:sf
      DeptRef_SF:sf RspTms_SF:sf Crv[NCrv]{ ActPt:u16! DeptRef:e16! Pri:e16! VRef:u16!:%:V VRefAuto:u16:%:V
      VRefAutoEna:e16! VRefAutoTms:u16!:s RspTms:u32!:s:RspTms ReadOnly:e16 Pt[NPt]{ V:u16!:%:V Var:i16!::DeptRef } }
    `,
  },
  {
    ids: [713],
    points: `
      WHRtg:u16:Wh:WH WHAvail:u16:Wh:WH SoC:u16:%:Pct SoH:u16:%:Pct Sta:e16 WH_SF:sf Pct_SF:sf
    `,
  },
  {
    ids: [714],
    points: `
      PrtAlrms:b32 NPrt:u16 DCA:i16:A:DCA DCW:i16:W:DCW DCWhInj:u64:Wh:DCWH DCWhAbs:u64:Wh:DCWH DCA_SF:sf DCV_SF:sf
      DCW_SF:sf DCWH_SF:sf Tmp_SF:sf Prt[NPrt]{ PrtTyp:e16 ID:u16 IDStr:s8 DCA:i16:A:DCA DCV:u16:V:DCV DCW:i16:W:DCW
      DCWhInj:u64:Wh:DCWH DCWhAbs:u64:Wh:DCWH Tmp:i16:°C:Tmp DCSta:e16 DCAlrm:b32 }
    `,
  },
];
