/** The package whose native libraries lie beside the bundle, not in it: scripts/bundle leaves it outside. */
export const NATIVE = '@serialport/bindings-cpp';
