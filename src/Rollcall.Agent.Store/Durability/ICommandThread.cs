namespace Rollcall.Agent.Store.Durability;

/// <summary>A thread that brings commands in turns, and on which those who wait for them go on.</summary>
public interface ICommandThread
{
    /// <summary>Runs an action at the end of the turn, so that what the turn brings is written together. On the thread itself only.</summary>
    void PutOff(Action action);

    /// <summary>Runs an action on the thread, in its turn. From any thread; must not block.</summary>
    void Post(Action action);
}
