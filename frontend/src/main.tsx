import "@/ui/nonce";
import "@/ui/tokens.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { noteSilence, onReconnect, restore } from "@/api";
import { App } from "@/app/App";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the app");

onReconnect(() => void restore().catch(noteSilence));
// Screens are drawn when it is known who looks at them; the question is one short call.
restore()
  .catch(noteSilence)
  .finally(() => {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  });
