import GRDB

extension StateCache {
  /// Raised with every change of a table or of what a column means, and with every change of what
  /// replay makes of events.
  static let schemaVersion: Int64 = 5
  /// `ldgr`: a database of ours.
  static let applicationID: Int64 = 0x6c64_6772

  /// Of a number that holds an event's stream and its number: files of batches have twelve digits.
  static let numberBits: Int64 = 40

  /// Paths by their bytes and events by stream and number, in the order in which both are read.
  ///
  /// An event is one number, `stream << 40 | number`, so that a stream's events lie together.
  /// `mentions` tells which events name a path: a rebuild, path by path, only ever adds to the end of
  /// it. `copies` has the own location's present copies
  /// only: those of the others are counted in `totals`, and else refolded from the events. `joining`
  /// has each digest of what is in `joined`, and `weak` the paths of contents that are not known by
  /// sha256: what a new join of theirs may say something new about.
  static let schema = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE heads (ref TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE problems (kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL);
    CREATE TABLE streams (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL,
      hasVoid INTEGER NOT NULL, lastBatch INTEGER
    );
    CREATE TABLE batches (
      id INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL, seen TEXT NOT NULL,
      since TEXT NOT NULL
    );
    CREATE INDEX batches_at ON batches (at);
    CREATE TABLE events (
      id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, type TEXT NOT NULL, line BLOB NOT NULL
    );
    CREATE TABLE mentions (
      path INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (path, event)
    ) WITHOUT ROWID;
    CREATE TABLE decisions (
      target INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (target, event)
    ) WITHOUT ROWID;
    CREATE TABLE settings (event INTEGER PRIMARY KEY);
    CREATE TABLE joined (
      digests TEXT NOT NULL, byteCount INTEGER NOT NULL, PRIMARY KEY (digests, byteCount)
    ) WITHOUT ROWID;
    CREATE TABLE joining (digest TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE weak (
      digest TEXT NOT NULL, path INTEGER NOT NULL, PRIMARY KEY (digest, path)
    ) WITHOUT ROWID;
    CREATE TABLE paths (
      id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, condition TEXT,
      hasWork INTEGER NOT NULL DEFAULT 0, dump BLOB
    );
    CREATE INDEX paths_odd ON paths (condition, path) WHERE condition <> 'synced';
    CREATE INDEX paths_work ON paths (path) WHERE hasWork;
    CREATE TABLE conditions (condition TEXT PRIMARY KEY, files INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE totals (
      stream INTEGER PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL
    );
    CREATE TABLE copies (
      path BLOB PRIMARY KEY, media TEXT NOT NULL, digests TEXT NOT NULL,
      byteCount INTEGER NOT NULL, version INTEGER NOT NULL, since INTEGER NOT NULL,
      damage TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE files (
      path BLOB PRIMARY KEY, digests TEXT NOT NULL, contentBytes INTEGER NOT NULL,
      byteCount INTEGER NOT NULL, modified INTEGER NOT NULL, modifiedNanos INTEGER NOT NULL,
      changed INTEGER NOT NULL, changedNanos INTEGER NOT NULL, inode INTEGER NOT NULL,
      device INTEGER NOT NULL, hashed INTEGER NOT NULL, hashedNanos INTEGER NOT NULL,
      diskBytes BLOB
    ) WITHOUT ROWID;
    """

  /// The tables that a rebuild empties: all but those that no event tells.
  static let replayed = [
    "heads", "problems", "streams", "batches", "events", "mentions", "decisions", "settings",
    "joined", "joining", "weak", "paths", "conditions", "totals", "copies",
  ]

  /// Makes the tables where the database is empty, else looks whether they are ours.
  ///
  /// - Throws: `CacheUnusable` where they are of another schema, ledger, location or program;
  ///   `DatabaseError`.
  static func prepare(_ database: Database, identity: [String: String]) throws {
    let version = try pragma("user_version", database)
    let application = try pragma("application_id", database)
    let objects = try SQLStatement(database, "SELECT count(*) FROM sqlite_master")
      .first { $0.integer(0) }
    if version == 0, application == 0, objects == 0 {
      try create(database, identity: identity)
      return
    }
    guard version == schemaVersion, application == applicationID else {
      throw CacheUnusable("the cache has schema \(version), not \(schemaVersion)")
    }
    for (key, value) in identity.sorted(by: { $0.key < $1.key }) {
      let found = try SQLStatement(database, "SELECT value FROM meta WHERE key = ?")
        .first(.text(key)) { $0.text(0) }
      guard found == value else {
        throw CacheUnusable("the cache's \(key) is \(found ?? "missing"), not \(value)")
      }
    }
  }

  private static func create(_ database: Database, identity: [String: String]) throws {
    try database.inTransaction(.immediate) {
      try database.execute(sql: schema)
      let insert = try SQLStatement(database, "INSERT INTO meta VALUES (?, ?)")
      for (key, value) in identity { try insert.run(.text(key), .text(value)) }
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: "PRAGMA user_version = \(schemaVersion)")
      return .commit
    }
  }

  private static func pragma(_ name: String, _ database: Database) throws -> Int64 {
    try SQLStatement(database, "PRAGMA \(name)").first { $0.integer(0) } ?? 0
  }
}
