import { connect, createServer, type Socket } from "node:net";
import { server } from "./browser";

/** The server behind a wire that can be cut. */
export interface Wire {
  readonly baseUrl: string;
  /** Breaks every connection, and refuses new ones for so long. */
  readonly cut: (ms?: number) => void;
  readonly close: () => void;
}

export async function openWire(): Promise<Wire> {
  const { hostname, port } = new URL(server.baseUrl);
  const open = new Set<Socket>();
  let refusedUntil = 0;
  const proxy = createServer((near) => {
    if (Date.now() < refusedUntil) return near.destroy();
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    near.setNoDelay();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (ms = 0) => {
    refusedUntil = Date.now() + ms;
    for (const socket of open) socket.destroy();
  };
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    cut,
    close: () => {
      proxy.close();
      cut();
    },
  };
}
