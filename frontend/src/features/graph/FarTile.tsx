import { Icon } from "@/ui/Icon";
import { useGraph } from "./graphStore";

/** What is left of a node from afar: its icon, and where that cannot be seen either its colour. */
export function FarTile({ icon, color }: { readonly icon: string | undefined; readonly color: string }) {
  const isTiny = useGraph((state) => state.isTiny);
  if (isTiny) return <span className="graph-tiny" style={{ backgroundColor: color }} />;
  return (
    <span className="graph-far" style={{ color }}>
      <Icon name={icon} size={24} />
    </span>
  );
}
