/// The kinds of callers that the access matrix distinguishes.
enum CallerRole: String, CaseIterable, Sendable {
  /// Without a token.
  case nobody
  /// With a token that has no valid signature.
  case forged
  case customer, owner, rider, `operator`, service
}

/// The expected result of a caller's request.
enum Access: Hashable, Sendable {
  /// The request is authorized; it may fail for other reasons.
  case allowed
  /// The request requires a signature, which the matrix's requests lack.
  case signed
  /// Rejected with this status: 401 without a valid token, 403 for the wrong role, 404 where the object is hidden from the role.
  case refused(Int)
  /// Allowed for the object's owner; other callers of the same role get this status.
  case own(others: Int)
  /// Allowed; other callers of the same role get an empty list.
  case ownList

  /// Parses a cell of the table: `yes`, `signed`, `403`, `own/404`, `own/none`.
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

/// A row of the table: a request and its expected result for each kind of caller.
struct AccessRow: Sendable {
  let service: String
  let method: String
  /// With placeholders in angle brackets: `/orders/<order>/accept`.
  let path: String
  /// The name of an alternative body, for an operation with several rows; otherwise empty.
  let variant: String
  let cells: [CallerRole: Access]

  /// `order POST /orders`
  var name: String { "\(service) \(method) \(path)\(variant.isEmpty ? "" : "#\(variant)")" }

  /// Parses `order POST /orders 401 401 yes 403 403 403 403`.
  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count == 3 + CallerRole.allCases.count else { return nil }
    let parts = words[2].split(separator: "#", maxSplits: 1)
    let cells = words.dropFirst(3).compactMap { Access($0) }
    guard cells.count == CallerRole.allCases.count else { return nil }
    self.init(
      service: String(words[0]), method: String(words[1]), path: String(parts[0]),
      variant: parts.count > 1 ? String(parts[1]) : "",
      cells: Dictionary(uniqueKeysWithValues: zip(CallerRole.allCases, cells)))
  }

  init(service: String, method: String, path: String, variant: String, cells: [CallerRole: Access]) {
    self.service = service
    self.method = method
    self.path = path
    self.variant = variant
    self.cells = cells
  }

  /// The same row for another service.
  func moved(to service: String) -> AccessRow {
    AccessRow(service: service, method: method, path: path, variant: variant, cells: cells)
  }

  /// Whether the request is of this OpenAPI operation.
  func isOf(_ operation: APIOperation) -> Bool {
    let own = path.prefix { $0 != "?" }.split(separator: "/")
    let template = operation.path.split(separator: "/")
    return operation.service == service && operation.method == method && own.count == template.count
      && zip(own, template).allSatisfy { $1.hasPrefix("{") ? $0.hasPrefix("<") : $0 == $1 }
  }
}
