import TestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Who may do what: a row for each operation of each OpenAPI file, or several where the query or the body changes who may.
///
/// `AccessRows/<service>.txt` has the rows of a service, and its rights in Redis, stated independently of the service catalogue on purpose.
/// The first lines of such a file:
///
///     shared publisher subscriber projector configured     the shared operations that it has, see `shared`
///     subscribes shop payment                               the services whose events it consumes
///     cache shop: card:                                     what its keys in the cache begin with
///
/// The cells: `yes`: carried out, or refused for a reason that isn't the caller. `401`, `403`, `404`: refused with this status. `own/404`:
/// allowed on one's own objects, 404 on those of others; `own/403` alike. `own/none`: a list that is empty for others. `signed`: 401 unless the
/// request carries a proof of its own. Objects in angle brackets are those of `AccessFixture`. Requests are made in the order of the rows.
enum AccessTable {
  /// What the independent copy says of one service.
  struct Service: Sendable {
    let name: String
    var shared: Set<String> = []
    var subscribes: [String] = []
    var cachePrefixes: [String] = []
    var rows: [AccessRow] = []

    var publishes: Bool { shared.contains("publisher") }
    /// Whether it is part of the system, and so has a user in Redis.
    var isInternal: Bool { !shared.isEmpty }
  }

  static let services = files.map { name in service(name, readText("\(folder)/\(name).txt")) }
  static let everyService = services.map(\.name)
  static let rows = sharedRows + services.flatMap(\.rows)

  private static let folder = "\(OpenAPIFiles.repository)/Tests/SecurityTests/AccessRows"

  /// Rows build on one another: an order needs its shop. Other services come after these.
  private static let first = ["shop", "order", "order-history", "payment", "rider", "review", "shop-listing", "gateway"]

  private static let files: [String] = {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".txt") }
      .map { String($0.dropLast(4)) }
    return first + names.filter { !first.contains($0) }.sorted()
  }()

  private static func service(_ name: String, _ text: String) -> Service {
    var service = Service(name: name)
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "shared": service.shared = Set(words.dropFirst())
      case "subscribes": service.subscribes = Array(words.dropFirst())
      case "cache": service.cachePrefixes = Array(words.dropFirst())
      default:
        guard let row = AccessRow(line), row.service == name else {
          preconditionFailure("a row of \(name).txt can't be read: \(line)")
        }
        service.rows.append(row)
      }
    }
    return service
  }

  private static let sharedRows: [AccessRow] = shared.split(separator: "\n").flatMap { line -> [AccessRow] in
    if line.hasPrefix("#") { return [] }
    guard let row = AccessRow(line) else { preconditionFailure("a row can't be read: \(line)") }
    return services.filter { row.service == "*" || $0.shared.contains(row.service) }.map { row.moved(to: $0.name) }
  }

  /// The operations that services share: `*` for all of them, else for those whose file names the word in its line `shared`.
  private static let shared = """
    #                                                        nobody forged customer owner    rider    operator service
    * GET /livez                                             yes    yes    yes      yes      yes      yes      yes
    * GET /readyz                                            yes    yes    yes      yes      yes      yes      yes
    * GET /metrics                                           yes    yes    yes      yes      yes      yes      yes
    * GET /openapi.yaml                                      yes    yes    yes      yes      yes      yes      yes
    publisher POST /admin/republish                          401    401    403      403      403      yes      403
    publisher GET /admin/events/<new>                        401    401    403      403      403      404      403
    projector POST /admin/reconcile                             401    401    403      403      403      yes      403
    subscriber GET /admin/dead-letters                       401    401    403      403      403      yes      403
    subscriber POST /admin/dead-letters/send-back            401    401    403      403      403      yes      403
    configured GET /admin/configuration                      401    401    403      403      403      yes      403
    configured PUT /admin/configuration/<new>                401    401    403      403      403      404      403
    configured DELETE /admin/configuration/<new>             401    401    403      403      403      404      403
    """
}
