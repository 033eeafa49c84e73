import {
  Bell,
  Blocks,
  Bot,
  ChartColumn,
  KeyRound,
  Plug,
  ServerCog,
  ShieldCheck,
  SunMoon,
  UserRound,
  Variable,
} from "lucide-react";
import { useSession } from "@/api";
import { type Section, SectionLayout } from "@/features/screen";
import { copy } from "./copy";

const SECTIONS: readonly Section[] = [
  { path: "profile", label: copy.profile, icon: UserRound },
  { path: "security", label: copy.security, icon: ShieldCheck },
  { path: "keys", label: copy.keys, icon: KeyRound },
  { path: "notifications", label: copy.notifications, icon: Bell },
  { path: "models", label: copy.models, icon: Bot },
  { path: "mcp-servers", label: copy.mcpServers, icon: Plug },
  { path: "variables", label: copy.variables, icon: Variable },
  { path: "usage", label: copy.usage, icon: ChartColumn },
  { path: "appearance", label: copy.appearance, icon: SunMoon },
  { path: "custom-nodes", label: copy.customNodes, icon: Blocks },
];

const FOR_STAFF: Section = { path: "/admin", label: copy.administration, icon: ServerCog };

export function SettingsScreen() {
  const { user } = useSession();
  return <SectionLayout title={copy.title} sections={user?.is_staff ? [...SECTIONS, FOR_STAFF] : SECTIONS} />;
}
