import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Page } from "@/features/screen";
import { Card } from "@/ui/Card";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { chooseTheme, currentTheme, type Theme } from "@/ui/theme";
import { copy } from "./copy";

const THEMES = [
  { value: "system", label: copy.themes.system, icon: <Monitor aria-hidden="true" size={16} /> },
  { value: "light", label: copy.themes.light, icon: <Sun aria-hidden="true" size={16} /> },
  { value: "dark", label: copy.themes.dark, icon: <Moon aria-hidden="true" size={16} /> },
] as const;

export function AppearancePage() {
  const [theme, setTheme] = useState<Theme>(currentTheme);
  return (
    <Page title={copy.appearance} description={copy.appearanceText}>
      <Card title={copy.theme}>
        <SegmentedControl
          label={copy.theme}
          value={theme}
          options={THEMES}
          onChange={(next) => {
            chooseTheme(next);
            setTheme(next);
          }}
        />
      </Card>
    </Page>
  );
}
