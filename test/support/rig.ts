export {
  parseLog,
  type Rig,
  type RigSetup,
  type RigSummary,
  startRig,
  type Transaction,
} from '../../scripts/testbed/rig.ts';
