import Foundation
import GRDB
import GRDBSQLite

/// A value for a `?` of a statement.
enum SQLValue {
  case null
  case integer(Int64)
  case text(String)
  case bytes([UInt8])
  case slice(ArraySlice<UInt8>)

  /// An integer, or null.
  static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
  /// Bytes, or null.
  static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .bytes($0) } ?? .null }
  /// 1 or 0.
  static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// A prepared statement, stepped by hand: GRDB's rows and arguments cost four times the work on a
/// million rows. Never leaves the access in which it was made.
struct SQLStatement {
  private let statement: Statement
  private var raw: SQLiteStatement { statement.sqliteStatement }

  /// - Throws: `DatabaseError` where the statement can't be compiled.
  init(_ database: Database, _ sql: String) throws {
    statement = try database.makeStatement(sql: sql)
  }

  /// Runs it to its end with these values and drops what rows it has.
  ///
  /// - Throws: `DatabaseError`.
  func run(_ values: SQLValue...) throws {
    try start(values)
    defer { sqlite3_reset(raw) }
    while try step() {}
  }

  /// Runs it with these values and calls `body` for each row, until it says false.
  ///
  /// - Throws: `DatabaseError`, and what `body` throws.
  func rows(_ values: SQLValue..., while body: (SQLRow) throws -> Bool) throws {
    try start(values)
    defer { sqlite3_reset(raw) }
    let row = SQLRow(raw: raw)
    while try step() {
      guard try body(row) else { return }
    }
  }

  /// Runs it with these values and makes something of its first row; nil where there is none.
  ///
  /// - Throws: `DatabaseError`, and what `body` throws.
  func first<Result>(_ values: SQLValue..., body: (SQLRow) throws -> Result) throws -> Result? {
    try start(values)
    defer { sqlite3_reset(raw) }
    return try step() ? body(SQLRow(raw: raw)) : nil
  }

  fileprivate var row: SQLRow { SQLRow(raw: raw) }

  fileprivate func reset() { sqlite3_reset(raw) }

  fileprivate func start(_ values: [SQLValue]) throws {
    sqlite3_reset(raw)
    for (index, value) in values.enumerated() {
      let code = bind(value, at: CInt(index + 1))
      guard code == SQLITE_OK else { throw error(code) }
    }
  }

  fileprivate func step() throws -> Bool {
    let code = sqlite3_step(raw)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error(code)
    }
  }

  private func bind(_ value: SQLValue, at index: CInt) -> CInt {
    // SQLITE_TRANSIENT: SQLite copies the bytes, as they do not outlive this call.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return sqlite3_bind_null(raw, index)
    case .integer(let number): return sqlite3_bind_int64(raw, index, number)
    case .text(let text): return sqlite3_bind_text(raw, index, text, -1, copied)
    case .bytes(let bytes): return bytes.withUnsafeBytes { bind($0, at: index, copied) }
    case .slice(let bytes): return bytes.withUnsafeBytes { bind($0, at: index, copied) }
    }
  }

  private func bind(
    _ bytes: UnsafeRawBufferPointer, at index: CInt, _ copied: sqlite3_destructor_type
  ) -> CInt {
    // Without an address SQLite would bind null for no bytes.
    guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(raw, index, 0) }
    return sqlite3_bind_blob(raw, index, bytes.baseAddress, CInt(bytes.count), copied)
  }

  private func error(_ code: CInt) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: String(cString: sqlite3_errmsg(sqlite3_db_handle(raw))), sql: statement.sql)
  }
}

/// A statement that is stepped from outside, beside another one. Never leaves the access in which it
/// was made.
final class SQLCursor {
  private let statement: SQLStatement
  /// The row at which it stands; nil at the end.
  private(set) var row: SQLRow?

  /// - Throws: `DatabaseError`.
  init(_ database: Database, _ sql: String, _ values: SQLValue...) throws {
    statement = try SQLStatement(database, sql)
    try statement.start(values)
    try advance()
  }

  deinit { statement.reset() }

  /// Goes to the next row.
  ///
  /// - Throws: `DatabaseError`.
  func advance() throws { row = try statement.step() ? statement.row : nil }
}

/// The row at which a statement stands; good until the next step.
struct SQLRow {
  fileprivate let raw: SQLiteStatement

  /// Whether the column holds nothing.
  func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(raw, CInt(column)) == SQLITE_NULL
  }

  /// The column as a number, 0 where it is null.
  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(raw, CInt(column)) }

  /// Whether the column is neither 0 nor null.
  func flag(_ column: Int) -> Bool { integer(column) != 0 }

  /// The column as text, empty where it is null.
  func text(_ column: Int) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }

  /// Whether the column holds no bytes.
  func isEmpty(_ column: Int) -> Bool { sqlite3_column_bytes(raw, CInt(column)) == 0 }

  /// Whether two columns name one content: by the same digests, or with further ones after a sha256.
  func isSpelledAlike(_ column: Int, in other: SQLRow, _ otherColumn: Int) -> Bool {
    let (one, another) = (buffer(column), other.buffer(otherColumn))
    let count = min(one.count, another.count)
    guard let left = one.baseAddress, let right = another.baseAddress else { return false }
    guard memcmp(left, right, count) == 0 else { return false }
    // `sha256:` and 64 digits.
    return one.count == another.count || count >= 71
  }

  /// Byte order of a column and one of another row: below, at or above zero.
  func order(of column: Int, to other: SQLRow, _ otherColumn: Int) -> Int {
    let (one, another) = (buffer(column), other.buffer(otherColumn))
    if let left = one.baseAddress, let right = another.baseAddress {
      let order = memcmp(left, right, min(one.count, another.count))
      if order != 0 { return Int(order) }
    }
    return one.count - another.count
  }

  private func buffer(_ column: Int) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(raw, CInt(column))
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, CInt(column))))
  }

  /// The column's bytes, none where it is null.
  func bytes(_ column: Int) -> [UInt8] {
    guard let start = sqlite3_column_blob(raw, CInt(column)) else { return [] }
    let count = Int(sqlite3_column_bytes(raw, CInt(column)))
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
