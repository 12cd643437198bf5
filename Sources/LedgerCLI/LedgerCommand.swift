import ArgumentParser
@main struct LedgerCommand: ParsableCommand {}
