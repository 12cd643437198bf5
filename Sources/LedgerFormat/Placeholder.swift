enum LedgerFormatPlaceholder {}
