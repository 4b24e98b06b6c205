import type { ModelText } from './definition.ts';

/** Meters of one, split and three phases, wye and delta: in whole numbers, and in floating numbers. */
export const METER_MODELS: readonly ModelText[] = [
  {
    ids: [201],
    points: `
      A:i16:A:A AphA:i16:A:A AphB:i16:A:A AphC:i16:A:A A_SF:sf PhV:i16:V:V PhVphA:i16:V:V PhVphB:i16:V:V
      PhVphC:i16:V:V PPV:i16:V:V PPVphAB:i16:V:V PPVphBC:i16:V:V PPVphCA:i16:V:V V_SF:sf Hz:i16:Hz:Hz Hz_SF:sf
      W:i16:W:W WphA:i16:W:W WphB:i16:W:W WphC:i16:W:W W_SF:sf VA:i16:VA:VA VAphA:i16:VA:VA VAphB:i16:VA:VA
      VAphC:i16:VA:VA VA_SF:sf VAR:i16:var:VAR VARphA:i16:var:VAR VARphB:i16:var:VAR VARphC:i16:var:VAR VAR_SF:sf
      PF:i16:%:PF PFphA:i16:%:PF PFphB:i16:%:PF PFphC:i16:%:PF PF_SF:sf TotWhExp:a32:Wh:TotWh TotWhExpPhA:a32:Wh:TotWh
      TotWhExpPhB:a32:Wh:TotWh TotWhExpPhC:a32:Wh:TotWh TotWhImp:a32:Wh:TotWh TotWhImpPhA:a32:Wh:TotWh
      TotWhImpPhB:a32:Wh:TotWh TotWhImpPhC:a32:Wh:TotWh TotWh_SF:sf TotVAhExp:a32:VAh:TotVAh
      TotVAhExpPhA:a32:VAh:TotVAh TotVAhExpPhB:a32:VAh:TotVAh TotVAhExpPhC:a32:VAh:TotVAh TotVAhImp:a32:VAh:TotVAh
      TotVAhImpPhA:a32:VAh:TotVAh TotVAhImpPhB:a32:VAh:TotVAh TotVAhImpPhC:a32:VAh:TotVAh TotVAh_SF:sf
      TotVArhImpQ1:a32:varh:TotVArh TotVArhImpQ1PhA:a32:varh:TotVArh TotVArhImpQ1PhB:a32:varh:TotVArh
      TotVArhImpQ1PhC:a32:varh:TotVArh TotVArhImpQ2:a32:varh:TotVArh TotVArhImpQ2PhA:a32:varh:TotVArh
      TotVArhImpQ2PhB:a32:varh:TotVArh TotVArhImpQ2PhC:a32:varh:TotVArh TotVArhExpQ3:a32:varh:TotVArh
      TotVArhExpQ3PhA:a32:varh:TotVArh TotVArhExpQ3PhB:a32:varh:TotVArh TotVArhExpQ3PhC:a32:varh:TotVArh
      TotVArhExpQ4:a32:varh:TotVArh TotVArhExpQ4PhA:a32:varh:TotVArh TotVArhExpQ4PhB:a32:varh:TotVArh
      TotVArhExpQ4PhC:a32:varh:TotVArh TotVArh_SF:sf Evt:b32
    `,
  },
  {
    ids: [202, 203, 204],
    points: `
      A:i16:A:A AphA:i16:A:A AphB:i16:A:A AphC:i16:A:A A_SF:sf PhV:i16:V:V PhVphA:i16:V:V PhVphB:i16:V:V
      PhVphC:i16:V:V PPV:i16:V:V PhVphAB:i16:V:V PhVphBC:i16:V:V PhVphCA:i16:V:V V_SF:sf Hz:i16:Hz:Hz Hz_SF:sf
      W:i16:W:W WphA:i16:W:W WphB:i16:W:W WphC:i16:W:W W_SF:sf VA:i16:VA:VA VAphA:i16:VA:VA VAphB:i16:VA:VA
      VAphC:i16:VA:VA VA_SF:sf VAR:i16:var:VAR VARphA:i16:var:VAR VARphB:i16:var:VAR VARphC:i16:var:VAR VAR_SF:sf
      PF:i16:%:PF PFphA:i16:%:PF PFphB:i16:%:PF PFphC:i16:%:PF PF_SF:sf TotWhExp:a32:Wh:TotWh TotWhExpPhA:a32:Wh:TotWh
      TotWhExpPhB:a32:Wh:TotWh TotWhExpPhC:a32:Wh:TotWh TotWhImp:a32:Wh:TotWh TotWhImpPhA:a32:Wh:TotWh
      TotWhImpPhB:a32:Wh:TotWh TotWhImpPhC:a32:Wh:TotWh TotWh_SF:sf TotVAhExp:a32:VAh:TotVAh
      TotVAhExpPhA:a32:VAh:TotVAh TotVAhExpPhB:a32:VAh:TotVAh TotVAhExpPhC:a32:VAh:TotVAh TotVAhImp:a32:VAh:TotVAh
      TotVAhImpPhA:a32:VAh:TotVAh TotVAhImpPhB:a32:VAh:TotVAh TotVAhImpPhC:a32:VAh:TotVAh TotVAh_SF:sf
      TotVArhImpQ1:a32:varh:TotVArh TotVArhImpQ1PhA:a32:varh:TotVArh TotVArhImpQ1PhB:a32:varh:TotVArh
      TotVArhImpQ1PhC:a32:varh:TotVArh TotVArhImpQ2:a32:varh:TotVArh TotVArhImpQ2PhA:a32:varh:TotVArh
      TotVArhImpQ2PhB:a32:varh:TotVArh TotVArhImpQ2PhC:a32:varh:TotVArh TotVArhExpQ3:a32:varh:TotVArh
      TotVArhExpQ3PhA:a32:varh:TotVArh TotVArhExpQ3PhB:a32:varh:TotVArh TotVArhExpQ3PhC:a32:varh:TotVArh
      TotVArhExpQ4:a32:varh:TotVArh TotVArhExpQ4PhA:a32:varh:TotVArh TotVArhExpQ4PhB:a32:varh:TotVArh
      TotVArhExpQ4PhC:a32:varh:TotVArh TotVArh_SF:sf Evt:b32
    `,
  },
  {
    ids: [211, 212, 213, 214],
    points: `
      A:f32:A AphA:f32:A AphB:f32:A AphC:f32:A PhV:f32:V PhVphA:f32:V PhVphB:f32:V PhVphC:f32:V PPV:f32:V
      PPVphAB:f32:V PPVphBC:f32:V PPVphCA:f32:V Hz:f32:Hz W:f32:W WphA:f32:W WphB:f32:W WphC:f32:W VA:f32:VA
      VAphA:f32:VA VAphB:f32:VA VAphC:f32:VA VAR:f32:var VARphA:f32:var VARphB:f32:var VARphC:f32:var PF:f32 PFphA:f32
      PFphB:f32 PFphC:f32 TotWhExp:f32:Wh TotWhExpPhA:f32:Wh TotWhExpPhB:f32:Wh TotWhExpPhC:f32:Wh TotWhImp:f32:Wh
      TotWhImpPhA:f32:Wh TotWhImpPhB:f32:Wh TotWhImpPhC:f32:Wh TotVAhExp:f32:VAh TotVAhExpPhA:f32:VAh
      TotVAhExpPhB:f32:VAh TotVAhExpPhC:f32:VAh TotVAhImp:f32:VAh TotVAhImpPhA:f32:VAh TotVAhImpPhB:f32:VAh
      TotVAhImpPhC:f32:VAh TotVArhImpQ1:f32:varh TotVArhImpQ1phA:f32:varh TotVArhImpQ1phB:f32:varh
      TotVArhImpQ1phC:f32:varh TotVArhImpQ2:f32:varh TotVArhImpQ2phA:f32:varh TotVArhImpQ2phB:f32:varh
      TotVArhImpQ2phC:f32:varh TotVArhExpQ3:f32:varh TotVArhExpQ3phA:f32:varh TotVArhExpQ3phB:f32:varh
      TotVArhExpQ3phC:f32:varh TotVArhExpQ4:f32:varh TotVArhExpQ4phA:f32:varh TotVArhExpQ4phB:f32:varh
      TotVArhExpQ4phC:f32:varh Evt:b32
    `,
  },
];
