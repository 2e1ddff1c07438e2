import Contracts

/// Lists the orders of a customer or a shop for a viewer.
struct ListOrders {
  let reader: HistoryReader

  /// - Throws: ``HistoryError``: `unknownCustomer`, `unknownShop`, `notBuilt`.
  func list(_ list: OrderList, _ query: OrderListQuery, for viewer: Viewer) async throws -> OrderListPage {
    if case .customer(let id) = list, viewer != .staff, viewer != .customer(id) { throw HistoryError.unknownCustomer }
    var page = try await reader.page(list, status: query.status, after: query.after, limit: query.limit)
    let visible = page.orders.filter(viewer.canSee)
    if visible.isEmpty { try await checkAccess(to: list, page, for: viewer) }
    page.orders = visible
    return page
  }

  /// Decides whether an empty result may be shown.
  ///
  /// The owner of a shop is known only from its orders. Another owner must not learn from an empty page which statuses the shop's
  /// orders have. A shop without any order has nothing to hide.
  private func checkAccess(to list: OrderList, _ page: OrderListPage, for viewer: Viewer) async throws {
    let hidden =
      page.orders.isEmpty ? try await reader.page(list, status: nil, after: nil, limit: 1).orders : page.orders
    guard hidden.allSatisfy(viewer.canSee) else { throw HistoryError.unknownShop }
    guard try await reader.isBuilt() else { throw HistoryError.notBuilt }
  }
}
