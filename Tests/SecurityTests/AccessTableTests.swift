import Testing

@Suite("The table of who may do what")
struct AccessTableTests {
  @Test("Every operation of every OpenAPI file has a row, and every row has an operation")
  func completeness() throws {
    let operations = try OpenAPIFiles.operations()
    let described = Set(operations.map(\.service))
    #expect(
      described.isSuperset(of: [
        "order", "order-history", "payment", "payment-provider", "review", "rider", "shop", "shop-listing",
      ]))
    for operation in operations {
      #expect(AccessTable.rows.contains { $0.isOf(operation) }, "\(operation) has no row")
    }
    for row in AccessTable.rows where described.contains(row.service) {
      #expect(operations.count { row.isOf($0) } == 1, "\(row.name) is of no operation")
    }
    #expect(Set(AccessTable.rows.map(\.name)).count == AccessTable.rows.count)
  }

  @Test("The OpenAPI files ask for credentials where the table does, and nowhere else")
  func security() throws {
    for operation in try OpenAPIFiles.operations() {
      let rows = AccessTable.rows.filter { $0.isOf(operation) }
      let isOpen = rows.contains { $0.cells[.nobody] == .allowed }
      let provesItself = rows.contains { $0.cells[.nobody] == .signed }
      #expect(operation.isOpen == isOpen || provesItself, "\(operation)")
    }
  }

  @Test("Nobody who isn't an operator or a service gets at administration, versions or batches")
  func privileges() {
    let privileged = AccessTable.rows.filter {
      $0.path.hasPrefix("/admin/") || $0.path.hasSuffix("/versions") || $0.path.contains("?ids=")
    }
    #expect(privileged.count > 50)
    for row in privileged {
      for asker in [CallerRole.nobody, .forged] { #expect(row.cells[asker] == .refused(401), "\(row.name) \(asker)") }
      for asker in [CallerRole.customer, .owner, .rider] {
        #expect(row.cells[asker] == .refused(row.service == "payment-provider" ? 401 : 403), "\(row.name) \(asker)")
      }
    }
  }
}
