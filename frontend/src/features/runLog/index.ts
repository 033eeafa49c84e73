export { RunLog } from "./RunLog";
