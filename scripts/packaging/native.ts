/** The package whose native libraries lie beside the bundle, not in it: what scripts/bundle leaves outside. */
export const NATIVE = '@serialport/bindings-cpp';
