export { CreateCredentialDialog } from "./credentials/CreateCredentialDialog";
export { CredentialFields } from "./credentials/CredentialFields";
export { ParamForm } from "./form/ParamForm";
export { Inspector, type InspectorProps } from "./Inspector";
export { NodeDetail, type NodeDetailProps } from "./NodeDetail";
export type { NodeViewProps, RunScope } from "./nodeView";
export { WorkflowSettings } from "./WorkflowSettings";
