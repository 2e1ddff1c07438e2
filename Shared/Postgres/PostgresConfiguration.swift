import Concurrency
/// The location of a PostgreSQL database, the user, and the client's limits.
public struct PostgresConfiguration: Sendable {
  /// A TCP host name or address, or the absolute path of the directory with the server's Unix socket.
  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  /// Nil where the server needs none, or where libpq finds it elsewhere (`~/.pgpass`).
  public var password: String?
  /// Shown in `pg_stat_activity`.
  public var applicationName: String

  /// Shared connections that carry single statements of many tasks; each server process commits one statement at a time.
  public var pipelines: Int
  /// Statements in flight on one shared connection.
  public var pipelineDepth: Int
  /// Connections for transactions, opened when they are first needed.
  public var leases: Int
  /// Statements and transactions that may wait to be sent; the next one fails at once with ``PostgresError/Code/queueFull``.
  public var queueLimit: Int

  /// For one attempt to connect, and for unacknowledged bytes on a connection (`tcp_user_timeout`).
  public var connectTimeout: Duration
  /// The server's `statement_timeout`; zero turns it off.
  public var statementTimeout: Duration
  /// The server's `lock_timeout`; zero turns it off.
  public var lockTimeout: Duration
  /// How long a caller waits without any connection before it gets ``PostgresError/Code/unavailable``.
  public var availabilityTimeout: Duration
  /// How long a transaction waits for one of the ``leases`` when all are in use.
  public var leaseTimeout: Duration

  public init(
    host: String, port: Int = 5432, database: String, user: String, password: String? = nil, applicationName: String,
    pipelines: Int = 8, pipelineDepth: Int = 64, leases: Int = 4, queueLimit: Int = 2048,
    connectTimeout: Duration = .seconds(3), statementTimeout: Duration = .seconds(5), lockTimeout: Duration = .seconds(2),
    availabilityTimeout: Duration = .milliseconds(500), leaseTimeout: Duration = .seconds(5)
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.applicationName = applicationName
    self.pipelines = pipelines
    self.pipelineDepth = pipelineDepth
    self.leases = leases
    self.queueLimit = queueLimit
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.lockTimeout = lockTimeout
    self.availabilityTimeout = availabilityTimeout
    self.leaseTimeout = leaseTimeout
  }

  /// libpq's connection options (manual, 34.1.2), with the server settings given.
  /// - Parameter plansOnce: whether prepared statements keep a generic plan. It may have been made while the tables were empty,
  ///   so it must not use sequential scans where there is an index; see ``PostgresStatement/isPlannedForItsValues``.
  func connectionOptions(
    statementTimeout: Duration, lockTimeout: Duration, plansOnce: Bool = false
  ) -> [(key: String, value: String)] {
    var options = [
      ("host", host), ("port", "\(port)"), ("dbname", database), ("user", user), ("application_name", applicationName),
      ("client_encoding", "UTF8"), ("gssencmode", "disable"),
      ("tcp_user_timeout", "\(connectTimeout.wholeMilliseconds)"),
      ("keepalives_idle", "5"), ("keepalives_interval", "1"), ("keepalives_count", "3"),
      (
        "options",
        "-c statement_timeout=\(statementTimeout.wholeMilliseconds) -c lock_timeout=\(lockTimeout.wholeMilliseconds)"
          + (plansOnce ? " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off" : "")
      ),
    ]
    if let password { options.append(("password", password)) }
    return options
  }
}
