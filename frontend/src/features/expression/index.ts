export { ExpressionField, type ExpressionFieldProps } from "./ExpressionField";
export { useInsertTarget } from "./insertTarget";
export { type ExpressionScope, ExpressionScopeContext, type PreviewContext, useExpressionScope } from "./scope";
