//! How large the buffer of a text is made.

/// A buffer of more bytes than this is worth a mapping of its own.
const LARGE: usize = 4 << 20;
/// What glibc's `malloc` may take from a heap at most is 32 MiB. A larger block is a mapping of its own.
const MAPPED: usize = 33 << 20;

/// The capacity of a buffer for a text of this many bytes.
///
/// That of a large text is a mapping of its own, which the system has back once the buffer is freed. Memory that is not
/// written to is not taken. Freeing a smaller mapping makes `malloc` take blocks of that size from the heap of a thread, and keep
/// twice its bytes there when they are free: eight texts of 19 MB took 378 MiB, and take 330 MiB.
pub(crate) fn buffer_capacity(bytes: usize) -> usize {
    if bytes > LARGE { bytes.max(MAPPED) } else { bytes }
}

#[cfg(test)]
mod tests {
    use super::{LARGE, MAPPED, buffer_capacity};

    #[test]
    fn only_large_texts_have_mappings_of_their_own() {
        assert_eq!([0, 1, LARGE].map(buffer_capacity), [0, 1, LARGE]);
        assert_eq!([LARGE + 1, MAPPED - 1, MAPPED].map(buffer_capacity), [MAPPED; 3]);
        assert_eq!(buffer_capacity(MAPPED + 1), MAPPED + 1);
        assert_eq!(buffer_capacity(usize::MAX), usize::MAX);
    }
}
