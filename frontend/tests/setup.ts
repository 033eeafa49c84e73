import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A second, the library's own, is short where other checks have the processor.
configure({ asyncUtilTimeout: 20_000 });

afterEach(cleanup);
