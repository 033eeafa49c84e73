"""Pure rules over JSON values, shared by nodes and expressions."""
