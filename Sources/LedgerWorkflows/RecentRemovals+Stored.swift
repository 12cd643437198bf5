import LedgerCore

extension RecentRemovals {
  /// As `location.json` has it: `[[at, media, files, bytes], …]`.
  var stored: SettingValue {
    .array(
      parts.flatMap { part in
        MediaType.allCases.filter { part.files[$0].files > 0 }.map { media in
          let total = part.files[media]
          return .array([
            .integer(part.at.milliseconds), .string(media.rawValue), .integer(Int64(total.files)),
            .integer(total.bytes),
          ])
        }
      })
  }

  /// Reads it; what can't be read is left out.
  init(stored: SettingValue?) {
    var parts: [Part] = []
    if case .array(let items) = stored {
      for case .array(let item) in items {
        guard item.count == 4, case .integer(let at) = item[0], case .integer(let files) = item[2],
          case .integer(let bytes) = item[3],
          let media = item[1].text.flatMap({ MediaType(rawValue: $0) })
        else { continue }
        if parts.last?.at.milliseconds != at {
          parts.append(Part(at: Instant(milliseconds: at), files: FileTally()))
        }
        let total = FileTally.Total(files: Int(clamping: files), bytes: bytes)
        parts[parts.count - 1].files[media] = parts[parts.count - 1].files[media] + total
      }
    }
    self.init(parts)
  }
}
