import CustomDump
import Testing
@Suite struct Placeholder { @Test func `builds`() { expectNoDifference(1, 1) } }
