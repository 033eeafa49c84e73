/** Inputs and outputs of a node, and which two may be connected. */

export {
  type Connectable,
  type Connecting,
  canConnect,
  connectionsFrom,
  firstFreeInput,
  type HandleRef,
  type Refusal,
} from "./connecting";
export {
  firstOutput,
  type Handle,
  type Handles,
  handleLabel,
  handlesOf,
  inputFor,
  isHelper,
  outputFor,
  type UsedHandles,
  usedHandles,
} from "./nodeHandles";
