export { catalogueIn, useCatalogue } from "./useCatalogue";
