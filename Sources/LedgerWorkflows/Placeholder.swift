enum LedgerWorkflowsPlaceholder {}
