import Redis

extension RedisScript {
  /// Writes one version of a shop's rating to its documents and list positions, unless the stored version is as new.
  ///
  /// `KEYS`: the shop's hash, its card. `ARGV`: the shop's id, the rating's version, the rating as JSON, the sort keys `rating`
  /// and `reviews`. Returns 1 if it wrote.
  ///
  /// The rating of an unknown shop is stored for the shop's first version; of a deleted shop's rating only the version is stored.
  static let rating = RedisScript(
    """
    local id, version, rating, keys = ARGV[1], ARGV[2], ARGV[3], {rating = ARGV[4], reviews = ARGV[5]}
    local held = redis.call('HMGET', KEYS[1], 'ratingVersion', 'version', 'state', 'district', 'category', 'head',
      'ratingKey', 'reviewsKey')
    if held[1] and tonumber(held[1]) >= tonumber(version) then return 0 end
    redis.call('HSET', KEYS[1], 'ratingVersion', version)
    local state = held[3]
    if held[2] and not state then return 1 end
    redis.call('HSET', KEYS[1], 'rating', rating, 'ratingKey', keys.rating, 'reviewsKey', keys.reviews)
    if not state then return 1 end

    redis.call('SET', KEYS[2], held[6] .. ',"rating":' .. rating .. '}')
    for sort, before in pairs({rating = held[7], reviews = held[8]}) do
      if before ~= keys[sort] then
        for _, district in ipairs({'all', held[4]}) do
          for _, category in ipairs({'all', held[5]}) do
            local list = '\(ReadModelKeys.listPrefix)' .. district .. ':' .. category .. ':' .. sort
            redis.call('ZREM', list, state .. before .. ':' .. id)
            redis.call('ZADD', list, 0, state .. keys[sort] .. ':' .. id)
          end
        end
      end
    end
    return 1
    """)
}
