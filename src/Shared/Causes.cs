namespace Rollcall.Errors;

/// <summary>Looks for what is behind an error. Compiled into each project that tells errors apart by their causes.</summary>
internal static class Causes
{
    /// <summary>The exception of a type that is the error itself or a cause of it; null: there is none.</summary>
    public static T? Find<T>(Exception error)
        where T : Exception
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }
}
