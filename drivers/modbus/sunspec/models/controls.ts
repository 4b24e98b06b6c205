import type { ModelText } from './definition.ts';

/** Nameplate, basic settings, status, immediate controls, basic storage, several trackers, solar modules. */
export const CONTROL_MODELS: readonly ModelText[] = [
  {
    ids: [120],
    points: `
      DERTyp:e16 WRtg:u16:W:WRtg WRtg_SF:sf VARtg:u16:VA:VARtg VARtg_SF:sf VArRtgQ1:i16:var:VArRtg
      VArRtgQ2:i16:var:VArRtg VArRtgQ3:i16:var:VArRtg VArRtgQ4:i16:var:VArRtg VArRtg_SF:sf ARtg:u16:A:ARtg ARtg_SF:sf
      PFRtgQ1:i16::PFRtg PFRtgQ2:i16::PFRtg PFRtgQ3:i16::PFRtg PFRtgQ4:i16::PFRtg PFRtg_SF:sf WHRtg:u16:Wh:WHRtg
      WHRtg_SF:sf AhrRtg:u16:Ah:AhrRtg AhrRtg_SF:sf MaxChaRte:u16:W:MaxChaRte MaxChaRte_SF:sf
      MaxDisChaRte:u16:W:MaxDisChaRte MaxDisChaRte_SF:sf Pad:pad
    `,
  },
  {
    ids: [121],
    points: `
      WMax:u16!:W:WMax VRef:u16!:V:VRef VRefOfs:i16!:V:VRefOfs VMax:u16!:V:VMinMax VMin:u16!:V:VMinMax
      VAMax:u16!:VA:VAMax VArMaxQ1:i16!:var:VArMax VArMaxQ2:i16!:var:VArMax VArMaxQ3:i16!:var:VArMax
      VArMaxQ4:i16!:var:VArMax WGra:u16!:%/s:WGra PFMinQ1:i16!::PFMin PFMinQ2:i16!::PFMin PFMinQ3:i16!::PFMin
      PFMinQ4:i16!::PFMin VArAct:e16! ClcTotVA:e16! MaxRmpRte:u16!:%:MaxRmpRte ECPNomHz:u16!:Hz:ECPNomHz ConnPh:e16!
      WMax_SF:sf VRef_SF:sf VRefOfs_SF:sf VMinMax_SF:sf VAMax_SF:sf VArMax_SF:sf WGra_SF:sf PFMin_SF:sf
      MaxRmpRte_SF:sf ECPNomHz_SF:sf
    `,
  },
  {
    ids: [122],
    points: `
      PVConn:b16 StorConn:b16 ECPConn:b16 ActWh:a64:Wh ActVAh:a64:VAh ActVArhQ1:a64:varh ActVArhQ2:a64:varh
      ActVArhQ3:a64:varh ActVArhQ4:a64:varh VArAval:i16:var:VArAval VArAval_SF:sf WAval:u16:var:WAval WAval_SF:sf
      StSetLimMsk:b32 StActCtl:b32 TmSrc:s4 Tms:u32:s RtSt:b16 Ris:u16:Ω:Ris Ris_SF:sf
    `,
  },
  {
    ids: [123],
    points: `
      Conn_WinTms:u16!:s Conn_RvrtTms:u16!:s Conn:e16! WMaxLimPct:u16!:%:WMaxLimPct WMaxLimPct_WinTms:u16!:s
      WMaxLimPct_RvrtTms:u16!:s WMaxLimPct_RmpTms:u16!:s WMaxLim_Ena:e16! OutPFSet:i16!::OutPFSet
      OutPFSet_WinTms:u16!:s OutPFSet_RvrtTms:u16!:s OutPFSet_RmpTms:u16!:s OutPFSet_Ena:e16! VArWMaxPct:i16!:%:VArPct
      VArMaxPct:i16!:%:VArPct VArAvalPct:i16!:%:VArPct VArPct_WinTms:u16!:s VArPct_RvrtTms:u16!:s VArPct_RmpTms:u16!:s
      VArPct_Mod:e16! VArPct_Ena:e16! WMaxLimPct_SF:sf OutPFSet_SF:sf VArPct_SF:sf
    `,
  },
  {
    ids: [124],
    points: `
      WChaMax:u16!:W:WChaMax WChaGra:u16!:%/s:WChaDisChaGra WDisChaGra:u16!:%/s:WChaDisChaGra StorCtl_Mod:b16!
      VAChaMax:u16!:VA:VAChaMax MinRsvPct:u16!:%:MinRsvPct ChaState:u16:%:ChaState StorAval:u16:Ah:StorAval
      InBatV:u16:V:InBatV ChaSt:e16 OutWRte:i16!:%:InOutWRte InWRte:i16!:%:InOutWRte InOutWRte_WinTms:u16!:s
      InOutWRte_RvrtTms:u16!:s InOutWRte_RmpTms:u16!:s ChaGriSet:e16! WChaMax_SF:sf WChaDisChaGra_SF:sf VAChaMax_SF:sf
      MinRsvPct_SF:sf ChaState_SF:sf StorAval_SF:sf InBatV_SF:sf InOutWRte_SF:sf
    `,
  },
  {
    ids: [160],
    points: `
      DCA_SF:sf DCV_SF:sf DCW_SF:sf DCWH_SF:sf Evt:b32 N:cnt TmsPer:u16 module[]{ ID:u16 IDStr:s8 DCA:u16:A:DCA
      DCV:u16:V:DCV DCW:u16:W:DCW DCWH:a32:Wh:DCWH Tms:u32:s Tmp:i16:°C DCSt:e16 DCEvt:b32 }
    `,
  },
  {
    ids: [502],
    points: `
      A_SF:sf V_SF:sf W_SF:sf Wh_SF:sf Stat:e16 StatVend:e16 Evt:b32 EvtVend:b32 Ctl:e16! CtlVend:e32! CtlVal:i32!
      Tms:u32:s OutA:i16:A:A OutV:i16:V:V OutWh:a32:Wh:Wh OutPw:i16:W:W Tmp:i16:°C InA:i16:A:A InV:i16:V:V
      InWh:a32:Wh:Wh InW:i16:W:W
    `,
  },
];
