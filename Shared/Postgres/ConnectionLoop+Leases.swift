import DequeModule

/// Transactions: which one holds which connection, from BEGIN to the reply to COMMIT or ROLLBACK.
extension ConnectionLoop {
  func dispatchLeases() {
    while let request = leaseWaiters.first {
      if !request.isOver {
        guard let index = leaseConnections.firstIndex(where: { $0.isReady && !$0.isBroken && $0.lease == nil }) else { return }
        leaseCount += 1
        let lease = Request.Lease(connection: index, number: leaseCount)
        request.lease = lease
        leaseConnections[index].lease = lease
        leaseConnections[index].leaseIsEnding = false
        leaseConnections[index].send(request, now: now)
      }
      leaseWaiters.removeFirst()
      freedSlots += 1
    }
  }

  func sendOnLease(_ request: Request) {
    guard let lease = request.lease else { return }
    let connection = leaseConnections[lease.connection]
    guard connection.lease == lease else {
      request.finish(.failure(PostgresError(.connectionLost, message: "the transaction's connection was lost")))
      return
    }
    // After COMMIT it would run outside of the transaction.
    guard !connection.leaseIsEnding else {
      request.finish(.failure(PostgresError(.transactionEnded, message: "the transaction has ended")))
      return
    }
    // When the caller has stopped waiting, only COMMIT or ROLLBACK is still sent.
    if request.kind == .inTransaction, request.isOver { return }
    connection.leaseIsEnding = request.kind != .inTransaction
    connection.send(request, now: now)
  }

  func succeeded(_ request: Request, _ result: PostgresResult, on connection: PipelineConnection) {
    switch request.kind {
    case .shared, .inTransaction: request.finish(.success(result))
    case .begin:
      // The caller was cancelled while it waited and will not end this transaction.
      if !request.finish(.success(result)) { rollBack(connection) }
    case .commit, .rollback:
      connection.lease = nil
      request.finish(.success(result))
    }
  }

  func failed(_ request: Request, _ error: PostgresError, on connection: PipelineConnection) {
    switch request.kind {
    case .shared, .inTransaction: break
    // A transaction may be open or not; a ROLLBACK outside of one has no effect.
    case .begin, .commit: rollBack(connection)
    case .rollback: connection.markBroken()
    }
    request.finish(.failure(error))
  }

  private func rollBack(_ connection: PipelineConnection) {
    connection.leaseIsEnding = true
    connection.send(Request(.rollback, registry.rollback), now: now)
  }
}
