"""Running generated code against the emulator."""
