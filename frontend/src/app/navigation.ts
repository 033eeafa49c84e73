import {
  FileSearch,
  Inbox,
  KeyRound,
  LayoutTemplate,
  type LucideIcon,
  Play,
  Settings,
  Table2,
  Workflow,
} from "lucide-react";
import { pages as adminPages } from "@/features/admin";
import { InboxBadge } from "@/features/inbox";
import { pages as settingsPages } from "@/features/settings";

/** An entry of the rail and a page of the command palette. Only what exists stands here. */
export interface NavigationEntry {
  readonly path: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** A component that shows a count; it reads its own data. */
  readonly Badge?: () => React.ReactNode;
}

export const navigation: readonly NavigationEntry[] = [
  { path: "/workflows", label: "Workflows", icon: Workflow },
  { path: "/runs", label: "Runs", icon: Play },
  { path: "/inbox", label: "Inbox", icon: Inbox, Badge: InboxBadge },
  { path: "/templates", label: "Templates", icon: LayoutTemplate },
  { path: "/credentials", label: "Credentials", icon: KeyRound },
  { path: "/tables", label: "Data tables", icon: Table2 },
  { path: "/documents", label: "Documents", icon: FileSearch },
];

/** The rail's lower end, above help and account. */
export const lowerNavigation: readonly NavigationEntry[] = [{ path: "/settings", label: "Settings", icon: Settings }];

interface FurtherPage {
  readonly path: string;
  readonly label: string;
  readonly isForStaff?: boolean;
}

/** Pages that the command palette finds beside the rail's. */
export const furtherPages: readonly FurtherPage[] = [...settingsPages, ...adminPages];
