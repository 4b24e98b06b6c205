/**
 * Home Assistant's reading of a device-based discovery document (MQTT, 2026.9): its rules said once more, from the
 * facts of `components/mqtt`, `sensor`, `number` and `select`, by a program that shares nothing with ours.
 */
export interface Verdict {
  /** Why all of it is lost; empty: it is taken. */
  readonly document: readonly string[];
  /** `KEY: why` of the components that are lost alone, */
  readonly entities: readonly string[];
  /** and of those that are taken with a complaint. */
  readonly warnings: readonly string[];
}

/** State classes (m measurement, a angle, t total, i total_increasing), then units; `-` without one, `_` for a space. */
const SENSORS: Readonly<Record<string, string>> = {
  date: ': -',
  enum: ': -',
  timestamp: ': -',
  uptime: ': -',
  absolute_humidity: 'm: g/m³ mg/m³',
  apparent_power: 'm: mVA VA kVA',
  aqi: 'm: -',
  area: 'mati: mm² cm² m² km² ha in² ft² yd² mi² ac',
  atmospheric_pressure: 'm: mPa Pa hPa kPa bar cbar mbar mmHg inHg inH₂O psi',
  battery: 'm: %',
  blood_glucose_concentration: 'm: mg/dL mmol/L',
  carbon_dioxide: 'm: ppm',
  carbon_monoxide: 'm: ppb ppm μg/m³ mg/m³',
  conductivity: 'm: μS/cm mS/cm S/cm',
  current: 'm: μA mA A',
  data_rate: 'm: bit/s kbit/s Mbit/s Gbit/s B/s kB/s MB/s GB/s KiB/s MiB/s GiB/s',
  data_size: 'mati: bit kbit Mbit Gbit B kB MB GB TB PB EB ZB YB KiB MiB GiB TiB PiB EiB ZiB YiB',
  distance: 'mati: mm cm m km in ft yd mi nmi',
  duration: 'mati: μs ms s min h d',
  energy: 'ti: mWh Wh kWh MWh GWh TWh J kJ MJ GJ cal kcal Mcal Gcal',
  energy_distance: 'm: Wh/km kWh/100km km/kWh mi/kWh',
  energy_storage: 'm: mWh Wh kWh MWh GWh TWh J kJ MJ GJ cal kcal Mcal Gcal',
  frequency: 'm: mHz Hz kHz MHz GHz',
  gas: 'ti: L m³ ft³ CCF MCF',
  humidity: 'm: %',
  illuminance: 'm: lx',
  irradiance: 'm: W/m² BTU/(h⋅ft²)',
  moisture: 'm: %',
  monetary: 't: *',
  nitrogen_dioxide: 'm: ppb ppm μg/m³',
  nitrogen_monoxide: 'm: ppb μg/m³',
  nitrous_oxide: 'm: μg/m³',
  ozone: 'm: ppb ppm μg/m³',
  ph: 'm: -',
  pm1: 'm: μg/m³',
  pm10: 'm: μg/m³',
  pm25: 'm: μg/m³',
  pm4: 'm: μg/m³',
  power: 'm: mW W kW MW GW TW',
  power_factor: 'm: - %',
  precipitation: 'mati: mm cm in',
  precipitation_intensity: 'm: mm/h mm/d in/h in/d',
  pressure: 'm: mPa Pa hPa kPa bar cbar mbar mmHg inHg inH₂O psi',
  radon: 'm: Bq/m³ pCi/L',
  reactive_energy: 'ti: varh kvarh',
  reactive_power: 'm: mvar var kvar',
  signal_strength: 'm: dB dBm',
  sound_pressure: 'm: dB dBA',
  speed: 'm: mm/s m/s m/min km/h mm/h mm/d in/s in/h in/d ft/s mph kn Beaufort',
  sulphur_dioxide: 'm: ppb μg/m³',
  temperature: 'm: °C °F K',
  temperature_delta: 'm: °C °F K',
  volatile_organic_compounds: 'm: μg/m³ mg/m³',
  volatile_organic_compounds_parts: 'm: ppb ppm',
  voltage: 'm: μV mV V kV MV',
  volume: 'ti: mL L m³ fl._oz. gal ft³ CCF MCF',
  volume_flow_rate: 'm: mL/s L/s L/min L/h m³/s m³/min m³/h ft³/min gal/min gal/h gal/d',
  volume_storage: 'm: mL L m³ fl._oz. gal ft³ CCF MCF',
  water: 'ti: L m³ gal ft³ CCF MCF',
  weight: 'mti: μg mg g kg oz lb st',
  wind_direction: 'a: °',
  wind_speed: 'm: mm/s m/s m/min km/h in/s ft/s mph kn Beaufort',
};
const BINARY = new Set(
  'battery battery_charging carbon_monoxide cold connectivity door garage_door gas heat light lock moisture motion moving occupancy opening plug power presence problem running safety smoke sound tamper update vibration window'.split(
    ' ',
  ),
);
const STATES: Readonly<Record<string, string>> = {
  m: 'measurement',
  a: 'measurement_angle',
  t: 'total',
  i: 'total_increasing',
};

const COMMON =
  'platform unique_id name default_entity_id availability availability_mode entity_category icon enabled_by_default qos';
const KEYS: Readonly<Record<string, string>> = {
  sensor: 'state_topic value_template device_class state_class unit_of_measurement options last_reset_value_template',
  binary_sensor: 'state_topic value_template device_class payload_on payload_off',
  number:
    'command_topic command_template state_topic value_template device_class unit_of_measurement min max step mode retain',
  select: 'command_topic command_template state_topic value_template options retain',
  switch: 'command_topic command_template state_topic value_template payload_on payload_off retain',
  button: 'command_topic command_template device_class payload_press retain',
};
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  sensor: ['state_topic'],
  binary_sensor: ['state_topic'],
  number: ['command_topic'],
  select: ['command_topic', 'options'],
  switch: ['command_topic'],
  button: ['command_topic'],
};
const ROOT = ['device', 'origin', 'components', 'availability', 'availability_mode', 'state_topic', 'qos'];
const DEVICE =
  'identifiers connections name manufacturer model model_id hw_version sw_version serial_number suggested_area configuration_url via_device';
const ORIGIN = ['name', 'sw_version', 'support_url'];
const ENTRY = ['topic', 'payload_available', 'payload_not_available', 'value_template'];

type Mapping = Readonly<Record<string, unknown>>;

/** @param seen `PLATFORM UNIQUE_ID` of all documents so far; those of this one are added */
export function judgeDocument(topic: string, payload: string, seen: Set<string> = new Set()): Verdict {
  const lost: string[] = [];
  const entities: string[] = [];
  const warnings: string[] = [];
  if (!/^[^#+]+\/device\/(?:[a-zA-Z0-9_-]+\/)?[a-zA-Z0-9_-]+\/config$/.test(topic)) lost.push('topic');
  const root = JSON.parse(payload) as Mapping;
  const closed = (part: unknown, keys: readonly string[], name: string) => {
    for (const key of Object.keys((part ?? {}) as object)) if (!keys.includes(key)) lost.push(`${name}: ${key}`);
  };
  closed(root, ROOT, 'root');
  const { device, origin, components } = root as Readonly<Record<string, Mapping | undefined>>;
  closed(device, DEVICE.split(' '), 'device');
  closed(origin, ORIGIN, 'origin');
  for (const entry of (root.availability ?? []) as readonly Mapping[]) {
    closed(entry, ENTRY, 'availability');
    if (!isTopic(entry.topic)) lost.push('availability: topic');
  }
  const named = [device?.identifiers, device?.connections].some((list) => Array.isArray(list) && list.length > 0);
  if (!named) lost.push('device: identifiers');
  for (const [key, value] of Object.entries(device ?? {})) {
    if (key !== 'identifiers' && key !== 'connections' && typeof value !== 'string') lost.push(`device: ${key}: text`);
  }
  if (typeof origin?.name !== 'string') lost.push('origin: name');
  if (components === undefined) lost.push('components');
  if (device?.name === undefined) warnings.push('device: name');
  for (const [key, component] of Object.entries((components ?? {}) as Readonly<Record<string, Mapping>>)) {
    const { platform, unique_id: id } = component;
    if (typeof platform !== 'string' || KEYS[platform] === undefined) lost.push(`${key}: platform`);
    else if (Object.keys(component).length > 1) {
      if (typeof id !== 'string') lost.push(`${key}: unique_id`);
      if (seen.has(`${platform} ${id}`)) entities.push(`${key}: duplicate`);
      seen.add(`${platform} ${id}`);
      for (const why of losses(platform, component)) entities.push(`${key}: ${why}`);
      for (const why of complaints(platform, component, device)) warnings.push(`${key}: ${why}`);
    }
  }
  return { document: lost, entities, warnings };
}

function losses(platform: string, component: Mapping): readonly string[] {
  const { device_class: name, state_class: state, unit_of_measurement: unit, options, entity_category } = component;
  const why = (NEEDED[platform] ?? []).filter((key) => component[key] === undefined).map((key) => `needs ${key}`);
  for (const key of ['state_topic', 'command_topic']) {
    if (component[key] !== undefined && !isTopic(component[key])) why.push(key);
  }
  if (entity_category !== undefined && entity_category !== 'config' && entity_category !== 'diagnostic')
    why.push('category');
  if (entity_category === 'config' && platform.endsWith('sensor')) why.push('category');
  if (platform === 'binary_sensor' && name !== undefined && !BINARY.has(String(name))) why.push('class');
  if ((platform === 'sensor' || platform === 'number') && name !== undefined && SENSORS[String(name)] === undefined) {
    why.push('class');
  }
  if (platform === 'select' && !(Array.isArray(options) && options.every((each) => typeof each === 'string'))) {
    why.push('options');
  }
  if (platform === 'sensor') {
    if (name !== undefined && unit !== undefined && !unitsOf(name).includes(String(unit))) why.push('unit');
    if (state === 'measurement_angle' && unit !== '°') why.push('angle');
    if (options !== undefined && name !== 'enum') why.push('options without enum');
    if (options !== undefined && (unit !== undefined || state !== undefined)) why.push('options of a number');
    if (Array.isArray(options) && options.length === 0) why.push('options empty');
    if (component.last_reset_value_template !== undefined && state !== 'total') why.push('last_reset');
  }
  if (platform === 'number') {
    const { min = 0, max = 100, step = 1 } = component;
    if (![min, max, step].every((bound) => typeof bound === 'number')) why.push('bound');
    else if (Number(min) > Number(max)) why.push('range');
    else if (Number(step) < 0.001) why.push('step');
  }
  return why;
}

function complaints(platform: string, component: Mapping, device: Mapping | undefined): readonly string[] {
  const { device_class: name, state_class: state, unit_of_measurement: unit } = component;
  const known = `${COMMON} ${KEYS[platform] ?? ''}`.split(' ');
  const why = Object.keys(component)
    .filter((key) => !known.includes(key))
    .map((key) => `stripped ${key}`);
  if (typeof component.name === 'string' && component.name.startsWith(`${device?.name} `)) why.push('name');
  if (platform !== 'sensor' || name === undefined) return why;
  const [letters = ''] = (SENSORS[String(name)] ?? '').split(':');
  if (state !== undefined && ![...letters].some((letter) => STATES[letter] === state)) why.push('state class');
  if (unit === undefined && !unitsOf(name).includes('') && name !== 'monetary') why.push('unit missing');
  return why;
}

function unitsOf(name: unknown): readonly string[] {
  const units = (SENSORS[String(name)] ?? '').split(': ')[1] ?? '';
  return units.split(' ').map((unit) => (unit === '-' ? '' : unit.replaceAll('_', ' ')));
}

function isTopic(topic: unknown): boolean {
  return typeof topic === 'string' && topic !== '' && !/[+#\0]/.test(topic);
}
