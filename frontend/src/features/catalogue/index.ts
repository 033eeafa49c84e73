export { useCatalogue } from "./useCatalogue";
