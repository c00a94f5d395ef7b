import fc from 'fast-check';

// Mutants are to die for a reason that can be found again, and no smaller example of it is needed.
fc.configureGlobal({ seed: 1, endOnFailure: true });
