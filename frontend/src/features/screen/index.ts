/** What screens of many features share. */
export { Facts } from "./Facts";
export { FormDialog } from "./FormDialog";
export { FormProblem } from "./FormProblem";
export { ListScreen } from "./ListScreen";
export { Loaded } from "./Loaded";
export { Page } from "./Page";
export { ScreenProblem } from "./ScreenProblem";
export { SecretDialog } from "./SecretDialog";
export { type Section, SectionLayout } from "./SectionLayout";
export { type Action, sayProblem, useAction } from "./useAction";
export { type Filters, useFilters } from "./useFilters";
export { usePlans, useSignInOptions } from "./useSignInOptions";
export { useWorkflowHead } from "./useWorkflowHead";
export { useWorkflowName } from "./useWorkflowName";
export { useWorkflowNames } from "./useWorkflowNames";
export { WorkflowFrame } from "./WorkflowFrame";
export { WorkflowLink } from "./WorkflowLink";
