/// The value of a setting, as JSON has it but without fractions.
package indirect enum SettingValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([SettingValue])
  /// Keys in byte order, each once.
  case object([SettingEntry])
}

/// A key of a JSON object of settings with its value.
package struct SettingEntry: Hashable, Sendable {
  /// The key.
  package let key: String
  /// The value; null returns the setting to its default.
  package let value: SettingValue

  /// A key with its value.
  package init(key: String, value: SettingValue) {
    self.key = key
    self.value = value
  }
}
