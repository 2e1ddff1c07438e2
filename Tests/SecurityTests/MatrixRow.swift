import Contracts
import TestSupport
import Testing

/// A row of the table with its OpenAPI operation and the fixture.
struct MatrixRow: Sendable {
  let row: AccessRow
  let operation: APIOperation
  let fixture: AccessFixture

  /// Sends the requests of all cells that must be rejected.
  func checkRejections() async throws {
    for role in CallerRole.allCases {
      switch row.cells[role] {
      case .refused(let status): try await expect(status, role, fixture.callers.participants[role])
      case .signed: try await expect(401, role, fixture.callers.participants[role])
      case .own(let status): try await expect(status, role, fixture.callers.outsiders[role])
      case .ownList: #expect(try await list(fixture.callers.outsiders[role]) == "[]", "\(row.name) by another \(role)")
      case .allowed, nil: break
      }
    }
  }

  /// Sends the requests of all cells that are allowed.
  func checkPermissions() async throws {
    for role in CallerRole.allCases {
      switch row.cells[role] {
      case .allowed, .own:
        let response = try await send(fixture.callers.participants[role])
        #expect(
          ![401, 403, 404].contains(response.status) && operation.statuses.contains(response.status),
          "\(row.name) by \(role): \(response.status) \(response.text)")
      case .ownList: #expect(try await list(fixture.callers.participants[role]) != "[]", "\(row.name) by \(role)")
      case .refused, .signed, nil: break
      }
    }
  }

  private func expect(_ status: Int, _ role: CallerRole, _ caller: MatrixCallers.Caller?) async throws {
    let response = try await send(caller)
    #expect(response.status == status, "\(row.name) by \(role): \(response.status) \(response.text)")
    #expect(operation.statuses.contains(status), "\(operation) doesn't describe \(status)")
    if status == 401 { #expect(response.header("WWW-Authenticate") != nil, "\(row.name) by \(role)") }
  }

  /// `[]` for an empty list, `[…]` for a list with items, otherwise the status.
  private func list(_ caller: MatrixCallers.Caller?) async throws -> String {
    let response = try await send(caller)
    guard response.status == 200 else { return "\(response.status)" }
    return response.text.contains(#""items":[]"#) ? "[]" : "[…]"
  }

  private func send(_ caller: MatrixCallers.Caller?) async throws -> RESTAnswer {
    let key = "\(row.service) \(row.method) \(row.path.prefix { $0 != "?" })\(row.variant.isEmpty ? "" : "#\(row.variant)")"
    let body = operation.hasBody ? fixture.substitute(RequestBodies.body(key)) : nil
    var headers = row.method == "POST" ? ["Idempotency-Key": AccessFixture.newID().description] : [:]
    if let body, !body.hasPrefix("{") { headers["Content-Type"] = "application/x-www-form-urlencoded" }
    return try await RESTClient(fixture.stack[row.service].url, principal: caller?.credential).send(
      row.method, fixture.substitute(row.path), body, headers: headers)
  }
}

extension AccessFixture {
  /// The documents of all objects of the matrix's requests, as operators see them.
  func documents() async throws -> [String: String] {
    var documents: [String: String] = [:]
    for (service, path) in [
      ("shop", "/shops/<shop>"), ("shop", "/shops/<spareShop>"), ("order", "/orders/<order>"), ("payment", "/payments/<payment>"),
      ("rider", "/deliveries/<delivery>"), ("rider", "/riders/<rider>"), ("review", "/reviews/<review>"),
      ("identity", "/accounts/<customer>"), ("identity", "/accounts/<spareCustomer>"),
    ] where runs(service) {
      documents[path] = try await client(service, .operator).expect(200, "GET", substitute(path)).text
    }
    return documents
  }
}
