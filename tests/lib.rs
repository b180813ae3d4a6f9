//! An empty library; the tests of the whole service are the test targets of this package.
