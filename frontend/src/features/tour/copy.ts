/** Texts of the first look around. */
export const copy = {
  label: "A first look around",
  next: "Next",
  back: "Back",
  done: "Done",
  skip: "Skip the tour",
  step: (at: number, of: number) => `${at} of ${of}`,
  steps: {
    canvas: {
      title: "This is the canvas",
      text: "A workflow runs from left to right. Scroll to move around, ⌘ or Ctrl and the wheel to zoom.",
    },
    add: { title: "Add nodes", text: "Here, with N, or with the plus behind a node. Type what you need, then Enter." },
    node: {
      title: "Set a node up",
      text: "Choose a node: its parameters are on the right. A double click shows its data beside them.",
    },
    look: {
      title: "Look into a node",
      text: "Choose a node: its parameters are on the right. You may look at this workflow, not change it.",
    },
    run: {
      title: "Run it",
      text: "Run starts the workflow as it stands here. Each node shows how it went; choose one to see its output.",
    },
    saved: {
      title: "Nothing is lost",
      text: "Every change saves itself and can be undone. Deploy makes triggers listen. Press ? for all keys.",
    },
  },
} as const;
