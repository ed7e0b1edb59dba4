// The archive needs a source of its own; every room brings its objects.
