namespace Rollcall.Agent.Checks;

/// <summary>Where runners report to. Safe to call from any thread; a check or service that is gone by then is ignored.</summary>
internal interface ICheckSink
{
    /// <summary>The newest state of a check. Reporting the same again is cheap and wakes no watcher.</summary>
    /// <returns>Ends when it is kept, never with an exception. False: it could not be kept.</returns>
    Task<bool> ReportAsync(string checkId, string status, string output);

    /// <summary>Removes a service whose check was critical for too long.</summary>
    void DeregisterService(string serviceId);
}
