"""Studies of a project: what its code shows about its concepts, and the policy that follows."""
