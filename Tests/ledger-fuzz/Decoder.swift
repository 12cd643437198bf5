import LedgerCore
import LedgerFormat

/// One input of libFuzzer: a batch file's bytes. Reading must end, whatever they are, and what was
/// read is the same after it was written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let name = "events/desk/2026-11/23/000000000001.jsonl"
  if case .valid(let batch) = BatchFile.decode(bytes, name: name) {
    let again = BatchFile.decode(BatchFile.encode(batch), name: name)
    precondition(again == .valid(batch), "another batch after it was written and read")
  }
  if let event = try? EventLine.decode(bytes[...]) {
    let again = try? EventLine.decode(EventLine.encode(event)[...])
    precondition(again == event, "another event after it was written and read")
  }
  _ = try? JSONText.parse(bytes)
  return 0
}
