public import HummingbirdCore
public import Logging
public import NIOCore

/// Runs tasks on an event loop's own thread, so that a request that stays with its connection changes threads only to ask a database.
///
/// Handlers must not block: they would hold up every connection of the loop.
final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}

/// A connection whose requests are handled on its own event loop.
public struct EventLoopChannel<Base: ServerChildChannel>: ServerChildChannel {
  let base: Base

  public init(base: Base) {
    self.base = base
  }

  public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
    base.setup(channel: channel, logger: logger)
  }

  public func handle(value: Base.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await base.handle(value: value, logger: logger)
    }
  }
}
