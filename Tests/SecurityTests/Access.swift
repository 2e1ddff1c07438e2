/// Who asks, as far as the matrix tells people apart.
enum Asker: String, CaseIterable, Sendable {
  /// Without a token.
  case nobody
  /// With a token that nobody signed.
  case forged
  case customer, owner, rider, `operator`, service
}

/// What is to come of it when somebody asks for an operation.
enum Access: Hashable, Sendable {
  /// It is carried out, or refused for a reason that isn't who asks.
  case allowed
  /// The request must prove itself by what it carries; none of the matrix does.
  case signed
  /// Exactly this status: 401 without a good token, 403 for the wrong role, 404 where the object isn't there for the role.
  case refused(Int)
  /// Allowed on one's own; somebody else of the same role gets this status.
  case own(others: Int)
  /// Allowed; for somebody else of the same role there is nothing in the list.
  case ownList

  /// Reads a cell of the table: `yes`, `signed`, `403`, `own/404`, `own/none`.
  init?(_ text: some StringProtocol) {
    switch text {
    case "yes": self = .allowed
    case "signed": self = .signed
    case "own/none": self = .ownList
    default:
      if let status = Int(text) {
        self = .refused(status)
      } else if text.hasPrefix("own/"), let status = Int(text.dropFirst(4)) {
        self = .own(others: status)
      } else {
        return nil
      }
    }
  }
}

/// A row of the table: a request, and what comes of it for each asker.
struct AccessRow: Sendable {
  let service: String
  let method: String
  /// With objects in angle brackets: `/orders/<order>/accept`.
  let path: String
  /// Which of several bodies, for an operation that has more than one row; empty for the usual one.
  let variant: String
  let cells: [Asker: Access]

  /// `order POST /orders`
  var name: String { "\(service) \(method) \(path)\(variant.isEmpty ? "" : "#\(variant)")" }

  /// Reads `order POST /orders 401 401 yes 403 403 403 403`.
  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count == 3 + Asker.allCases.count else { return nil }
    let parts = words[2].split(separator: "#", maxSplits: 1)
    let cells = words.dropFirst(3).compactMap { Access($0) }
    guard cells.count == Asker.allCases.count else { return nil }
    self.init(
      service: String(words[0]), method: String(words[1]), path: String(parts[0]),
      variant: parts.count > 1 ? String(parts[1]) : "",
      cells: Dictionary(uniqueKeysWithValues: zip(Asker.allCases, cells)))
  }

  init(service: String, method: String, path: String, variant: String, cells: [Asker: Access]) {
    self.service = service
    self.method = method
    self.path = path
    self.variant = variant
    self.cells = cells
  }

  /// The same for another service.
  func moved(to service: String) -> AccessRow {
    AccessRow(service: service, method: method, path: path, variant: variant, cells: cells)
  }

  /// Whether the request is one of the operation at this path of an OpenAPI file.
  func isOf(_ operation: APIOperation) -> Bool {
    let own = path.prefix { $0 != "?" }.split(separator: "/")
    let template = operation.path.split(separator: "/")
    return operation.service == service && operation.method == method && own.count == template.count
      && zip(own, template).allSatisfy { $1.hasPrefix("{") ? $0.hasPrefix("<") : $0 == $1 }
  }
}
