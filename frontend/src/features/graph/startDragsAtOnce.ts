const DRAGGED = ".react-flow__node, .react-flow__nodesselection";
const THRESHOLD_PX = 1;

/**
 * Has what is dragged follow the pointer from where it was pressed. The canvas takes the first move beyond its threshold
 * for the place that a drag starts at: where a busy browser makes one move of several, most of the way would be missing,
 * or all of it. So the way to there begins with a small move of its own. What only clicks is told nothing.
 */
export function startDragsAtOnce(canvas: HTMLElement): () => void {
  let pressed: MouseEvent | null = null;
  const stop = () => {
    pressed = null;
    removeEventListener("mousemove", move, true);
    removeEventListener("mouseup", stop, true);
  };
  const move = (event: MouseEvent) => {
    const start = pressed;
    if (start === null) return;
    const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
    const way = Math.hypot(x, y);
    if (way <= THRESHOLD_PX) return;
    stop();
    // The least that goes beyond the threshold, in the same direction.
    const part = (THRESHOLD_PX + 0.5) / way;
    if (part >= 1) return;
    dispatchEvent(
      new MouseEvent("mousemove", {
        view: window,
        cancelable: true,
        clientX: start.clientX + x * part,
        clientY: start.clientY + y * part,
        buttons: event.buttons,
        shiftKey: event.shiftKey,
        ctrlKey: event.ctrlKey,
        altKey: event.altKey,
        metaKey: event.metaKey,
      }),
    );
  };
  const press = (event: MouseEvent) => {
    if (event.button !== 0 || !(event.target instanceof Element) || event.target.closest(DRAGGED) === null) return;
    pressed = event;
    // Before the canvas listens to the same, which it does once the press has reached what is dragged.
    addEventListener("mousemove", move, true);
    addEventListener("mouseup", stop, true);
  };
  canvas.addEventListener("mousedown", press, true);
  return () => {
    stop();
    canvas.removeEventListener("mousedown", press, true);
  };
}
